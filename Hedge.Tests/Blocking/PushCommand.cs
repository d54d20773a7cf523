using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Tests.Blocking;

/// <summary>TEST.PUSH key item: adds an item to a string that holds items, each with a semicolon behind it;
/// the number of bytes it has then.</summary>
internal sealed class PushCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("TEST.PUSH", 3, CommandFlags.Write, AclCategory.None,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key item",
        Since = "7.0.0",
        Group = "generic",
        Complexity = "O(N)",
        Summary = "Adds an item",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        byte[] items = [.. record.Value, .. context.Argument(2), (byte)';'];
        context.Keys.SetString(context.Argument(1), items, 0, StringEncoding.Raw);
        context.Reply.Integer(items.Length);
    }
}
