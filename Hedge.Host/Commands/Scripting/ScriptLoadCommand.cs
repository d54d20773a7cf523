using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptLoadCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCRIPT|LOAD", 3,
        CommandFlags.NoScript | CommandFlags.Stale,
        AclCategory.Scripting)
    {
        Syntax = "script",
        Arguments = "script:string",
        Tips = ["request_policy:all_nodes", "response_policy:all_succeeded"],
        Since = "2.6.0",
        Group = "scripting",
        Complexity = "O(N) with N being the length in bytes of the script body.",
        Summary = "Load the specified Lua script into the script cache.",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> text = context.Argument(2);
        ScriptDigest digest = ScriptDigest.Of(text);
        string error = "";
        Script? script = context.Server.Scripts.Find(digest)
            ?? Script.Compile(text, digest, context.Server.Commands, out error);
        if (script is null) context.Reply.Error(Encoding.Latin1.GetBytes(error));
        else if (!context.Server.Scripts.TryLoad(script)) context.Reply.Error(ErrorText.NoRoom);
        else context.Reply.BulkAscii(script.Name);
    }
}
