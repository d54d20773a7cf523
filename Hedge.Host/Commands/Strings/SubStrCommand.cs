using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class SubStrCommand : ICommand
{
    public static CommandSpec Spec { get; } = GetRangeCommand.Spec with
    {
        Name = "SUBSTR",
        Since = "1.0.0",
        DeprecatedSince = "2.0.0",
        ReplacedBy = "`GETRANGE`",
    };

    public static void Execute(CommandContext context) => Substring.Reply(context);
}
