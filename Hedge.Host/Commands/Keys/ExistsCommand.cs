using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class ExistsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EXISTS", -2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.From(1, KeyFlags.ReadOnly))
    {
        Syntax = "key [key ...]",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(N) where N is the number of keys to check.",
        Summary = "Determine if a key exists",
        Tips = ["request_policy:multi_shard", "response_policy:agg_sum"],
        History =
        [
            ("3.0.3", "Accepts multiple `key` arguments."),
        ],
    };

    public static void Execute(CommandContext context) => KeyArguments.Count(context, access: false);
}
