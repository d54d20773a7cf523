using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class GetSetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GETSET", 3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax = "key value",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Set the string value of a key and return its old value",
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`SET` with the `!GET` argument",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryGetString(key, out Record old)) return;
        if (old.Exists) context.Reply.Bulk(old.Value);
        else context.Reply.Null();
        context.Keys.SetString(key, context.Argument(2));
        context.Notify(KeyspaceEvents.String, "set"u8, key);
    }
}
