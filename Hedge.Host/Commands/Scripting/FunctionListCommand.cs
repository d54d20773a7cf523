using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionListCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION|LIST", -2,
        CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "[LIBRARYNAME library-name-pattern] [WITHCODE]",
        Arguments = "library-name-pattern:string withcode",
        Tips = ["nondeterministic_output_order"],
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "O(N) where N is the number of functions",
        Summary = "List information about all the functions",
    };

    public static void Execute(CommandContext context)
    {
        bool withCode = false;
        int pattern = 0;
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            if (!withCode && context.Is(i, "WITHCODE"u8))
            {
                withCode = true;
            }
            else if (pattern == 0 && context.Is(i, "LIBRARYNAME"u8))
            {
                pattern = ++i;
                if (i < context.ArgumentCount) continue;
                context.Reply.Error("ERR library name argument was not given");
                return;
            }
            else
            {
                ReplyText.Error(context, "ERR Unknown argument "u8, context.Argument(i));
                return;
            }
        }

        var shown = new List<FunctionLibrary>();
        foreach (FunctionLibrary library in context.Server.Functions.Current.Libraries)
        {
            byte[] name = Encoding.Latin1.GetBytes(library.Name);
            if (pattern == 0 || Glob.Matches(context.Argument(pattern), name, ignoreCase: true))
                shown.Add(library);
        }

        context.Reply.ArrayHeader(shown.Count);
        foreach (FunctionLibrary library in shown) FunctionReplies.Write(context.Reply, library, withCode);
    }
}
