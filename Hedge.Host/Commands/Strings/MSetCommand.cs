using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class MSetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MSET", -3,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.String,
        KeySpec.From(1, KeyFlags.Overwrite | KeyFlags.Update, step: 2))
    {
        Syntax = "key value [key value ...]",
        Since = "1.0.1",
        Group = "string",
        Complexity = "O(N) where N is the number of keys to set.",
        Summary = "Set multiple keys to multiple values",
        Tips = ["request_policy:multi_shard", "response_policy:all_succeeded"],
    };

    public static void Execute(CommandContext context)
    {
        if (!ManyKeys.ArePairs(context)) return;
        ManyKeys.Store(context);
        context.Reply.Ok();
    }
}
