using Hedge.Host.Declarations;
using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionLoadCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION|LOAD", -3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "[REPLACE] function-code",
        Arguments = "replace function-code:string",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "O(1) (considering compilation time is redundant)",
        Summary = "Create a function with the given arguments (name, code, description)",
    };

    public static void Execute(CommandContext context)
    {
        int code = context.ArgumentCount - 1;
        for (int i = 2; i < code; i++)
        {
            if (context.Is(i, "REPLACE"u8)) continue;
            ReplyText.Error(context, "ERR Unknown option given: "u8, context.Argument(i));
            return;
        }

        if (FunctionChange.Begin(context) is not { } change) return;
        FunctionTable current = context.Server.Functions.Current;
        FunctionTable? taken = code > 2 ? null : current;
        FunctionLibrary? library =
            FunctionLibrary.Load(context.Argument(code), context.Scripts!.Loader, taken, out string error);
        FunctionTable? table = library is null ? null : current.With(library, out error);
        if (table is null) change.Fail(context, error);
        else change.Commit(context, table, library!.Name);
    }
}
