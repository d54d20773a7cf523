using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

internal sealed class XLenCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XLEN", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Return the number of entries in a stream",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenStream(context.Argument(1), out StoredStream stream)) return;
        if (stream.TryOpen(out StreamHead head)) context.Reply.Integer(head.Length);
    }
}
