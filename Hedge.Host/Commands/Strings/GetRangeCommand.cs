using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class GetRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GETRANGE", 4,
        CommandFlags.ReadOnly,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key start end",
        Arguments = "key start:integer end:integer",
        Since = "2.4.0",
        Group = "string",
        Complexity =
            "O(N) where N is the length of the returned string. The complexity is ultimately " +
            "determined by the returned length, but because creating a substring from an existing " +
            "string is very cheap, it can be considered O(1) for small strings.",
        Summary = "Get a substring of the string stored at a key",
    };

    public static void Execute(CommandContext context) => Substring.Reply(context);
}
