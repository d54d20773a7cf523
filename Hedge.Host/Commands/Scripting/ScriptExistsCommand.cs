using Hedge.Host.Declarations;
using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

internal sealed class ScriptExistsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCRIPT|EXISTS", -3,
        CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "sha1 [sha1 ...]",
        Arguments = "sha1:string",
        Tips = ["request_policy:all_shards", "response_policy:agg_logical_and"],
        Since = "2.6.0",
        Group = "scripting",
        Complexity =
            "O(N) with N being the number of scripts to check (so checking a single script is an O(1) " +
            "operation).",
        Summary = "Check existence of scripts in the script cache.",
    };

    public static void Execute(CommandContext context)
    {
        int count = context.ArgumentCount - 2;
        context.Reply.ArrayHeader(count);
        for (int i = 0; i < count; i++)
        {
            bool exists = ScriptDigest.TryParse(context.Argument(i + 2), out ScriptDigest digest)
                && context.Server.Scripts.Find(digest) is not null;
            context.Reply.Integer(exists ? 1 : 0);
        }
    }
}
