using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class LPosCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LPOS", -3,
        CommandFlags.ReadOnly,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
        Arguments = "key element rank:integer num-matches:integer len:integer",
        Since = "6.0.6",
        Group = "list",
        Complexity =
            "O(N) where N is the number of elements in the list, for the average case. When searching for" +
            " elements near the head or the tail of the list, or when the MAXLEN option is provided, the " +
            "command may run in constant time.",
        Summary = "Return the index of matching elements on a list",
    };

    public static void Execute(CommandContext context) => ListSearch.Reply(context);
}
