namespace Hedge.Host.Commands.Keys;

internal sealed class RandomKeyCommand : ICommand
{
    private const int AttemptsMax = 10_000;

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
        // Commands of a transaction can't wait for the disk any more; some key is in memory.
        for (int i = 0; i < AttemptsMax && step == ScanStep.NotResident && context.InTransaction; i++)
        {
            context.Core?.Storage.ForgetMisses();
            step = context.Databases.RandomKey(database, context.Seed, out key);
        }

        switch (step)
        {
            case ScanStep.Key:
                context.Reply.Bulk(key);
                break;
            case ScanStep.End:
                context.Reply.Null();
                break;
            default:
                break;
        }
    }
}
