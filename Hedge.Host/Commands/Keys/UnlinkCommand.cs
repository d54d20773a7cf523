using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class UnlinkCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("UNLINK", -2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.From(1, KeyFlags.Remove | KeyFlags.Delete))
    {
        Syntax = "key [key ...]",
        Since = "4.0.0",
        Group = "generic",
        Complexity =
            "O(1) for each key removed regardless of its size. Then the command does O(N) work in a " +
            "different thread in order to reclaim memory, where N is the number of allocations the " +
            "deleted objects where composed of.",
        Summary =
            "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non " +
            "blocking.",
        ReadsAllKeys = true,
        Tips = ["request_policy:multi_shard", "response_policy:agg_sum"],
    };

    public static void Execute(CommandContext context) => KeyArguments.Remove(context);
}
