using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class TouchCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("TOUCH", -2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.From(1, KeyFlags.ReadOnly))
    {
        Traits = CommandTraits.AlwaysTouches,
        Syntax = "key [key ...]",
        Since = "3.2.1",
        Group = "generic",
        Complexity = "O(N) where N is the number of keys that will be touched.",
        Summary = "Alters the last access time of a key(s). Returns the number of existing keys specified.",
        ReadsAllKeys = true,
        Tips = ["request_policy:multi_shard", "response_policy:agg_sum"],
    };

    public static void Execute(CommandContext context) => KeyArguments.Count(context, access: true);
}
