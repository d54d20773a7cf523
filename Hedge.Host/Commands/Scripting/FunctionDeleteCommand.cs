using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionDeleteCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION|DELETE", 3,
        CommandFlags.Write | CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "library-name",
        Arguments = "library-name:string",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "O(1)",
        Summary = "Delete a function by name",
    };

    public static void Execute(CommandContext context)
    {
        if (FunctionChange.Begin(context) is not { } change) return;
        FunctionTable table = context.Server.Functions.Current;
        string name = Encoding.Latin1.GetString(context.Argument(2));
        if (table.Has(name)) change.Commit(context, table.Without(name), null);
        else change.Fail(context, "ERR Library not found");
    }
}
