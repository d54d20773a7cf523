using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class DelCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DEL", -2,
        CommandFlags.Write,
        AclCategory.Keyspace,
        KeySpec.From(1, KeyFlags.Remove | KeyFlags.Delete))
    {
        Syntax = "key [key ...]",
        Since = "1.0.0",
        Group = "generic",
        Complexity =
            "O(N) where N is the number of keys that will be removed. When a key to remove holds a " +
            "value other than a string, the individual complexity for this key is O(M) where M is " +
            "the number of elements in the list, set, sorted set or hash. Removing a single key that " +
            "holds a string value is O(1).",
        Summary = "Delete a key",
        ReadsAllKeys = true,
        Tips = ["request_policy:multi_shard", "response_policy:agg_sum"],
    };

    public static void Execute(CommandContext context) => KeyArguments.Remove(context);
}
