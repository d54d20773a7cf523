using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class MSetNxCommand : ICommand
{
    public static CommandSpec Spec { get; } = MSetCommand.Spec with
    {
        Name = "MSETNX",
        Keys = [KeySpec.From(1, KeyFlags.Overwrite | KeyFlags.Insert, step: 2)],
        Summary = "Set multiple keys to multiple values, only if none of the keys exist",
        Tips = ["request_policy:multi_shard", "response_policy:agg_min"],
    };

    public static void Execute(CommandContext context)
    {
        if (!ManyKeys.ArePairs(context)) return;
        bool resident = true, exists = false;
        for (int i = 1; i < context.ArgumentCount; i += 2)
        {
            bool found = context.Keys.TryFind(context.Argument(i), out Record record);
            resident &= found;
            exists |= found && record.Exists;
        }

        if (!resident) return;
        if (!exists) ManyKeys.Store(context);
        context.Reply.Integer(exists ? 0 : 1);
    }
}
