using Hedge.Host.Declarations;
using Hedge.Host.Scripting;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionRestoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION|RESTORE", -3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "serialized-value [FLUSH | APPEND | REPLACE]",
        Arguments = "serialized-value:string policy flush append replace",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "O(N) where N is the number of functions on the payload",
        Summary = "Restore all the functions on the given payload",
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 4)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        bool flushes = context.ArgumentCount == 4 && context.Is(3, "FLUSH"u8);
        bool replaces = context.ArgumentCount == 4 && context.Is(3, "REPLACE"u8);
        if (context.ArgumentCount == 4 && !flushes && !replaces && !context.Is(3, "APPEND"u8))
        {
            context.Reply.Error(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
            return;
        }

        if (FunctionChange.Begin(context) is not { } change) return;
        IReadOnlyList<FunctionLibrary>? libraries =
            FunctionPayload.Read(context.Argument(2), context.Scripts!.Loader, out string error);
        FunctionTable? table = flushes ? FunctionTable.Empty : context.Server.Functions.Current;
        for (int i = 0; i < libraries?.Count && table is not null; i++)
        {
            if (!replaces && table.Has(libraries[i].Name))
            {
                error = $"ERR Library {libraries[i].Name} already exists";
                table = null;
            }
            else
            {
                table = table.With(libraries[i], out error);
            }
        }

        if (libraries is null || table is null) change.Fail(context, error);
        else change.Commit(context, table, null);
    }
}
