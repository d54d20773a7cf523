using Hedge.Host.Declarations;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Keys;

internal sealed class TypeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("TYPE", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Determine the type stored at key",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.Keys.TryDescribe(context.Argument(1), out KeyInfo record)) return;
        context.Reply.SimpleString(record.Exists ? TypeNames.Of(record.Type) : "none"u8);
    }
}
