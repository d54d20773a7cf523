using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Tests.Blocking;

/// <summary>TEST.HALF key other: a mistake: it writes before it has read all it needs.</summary>
internal sealed class HalfCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("TEST.HALF", 3, CommandFlags.Write, AclCategory.None,
        KeySpec.From(1, KeyFlags.ReadWrite))
    {
        Syntax = "key other",
        Since = "7.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Writes too early",
    };

    public static void Execute(CommandContext context)
    {
        context.Keys.SetString(context.Argument(1), "half"u8, 0, StringEncoding.Raw);
        if (context.Keys.TryFind(context.Argument(2), out _)) context.Reply.Ok();
    }
}
