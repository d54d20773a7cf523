using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptDebugCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCRIPT|DEBUG", 3,
        CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "<YES | SYNC | NO>",
        Arguments = "mode yes sync no",
        Since = "3.2.0",
        Group = "scripting",
        Complexity = "O(1)",
        Summary = "Set the debug mode for executed scripts.",
    };

    public static void Execute(CommandContext context)
    {
        ScriptDebugging? mode = context.Is(2, "YES"u8) ? ScriptDebugging.Undone
            : context.Is(2, "SYNC"u8) ? ScriptDebugging.Kept
            : context.Is(2, "NO"u8) ? ScriptDebugging.Off : null;
        if (mode is null)
        {
            context.Reply.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
            return;
        }

        context.Session.ScriptDebugging = mode.Value;
        context.Reply.Ok();
    }
}
