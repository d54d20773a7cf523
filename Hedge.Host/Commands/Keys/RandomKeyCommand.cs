using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class RandomKeyCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("RANDOMKEY", 1,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Return a random key from the keyspace",
        Tips = ["request_policy:all_shards", "nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        int database = context.Session.Database;
        ScanStep step = context.Databases.RandomKey(database, context.Seed, out ReadOnlySpan<byte> key);
        if (step == ScanStep.End)
        {
            context.Reply.Null();
            return;
        }

        if (step == ScanStep.Key) context.Reply.Bulk(key);
    }
}
