using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class DelPrefixCommand : ICommand
{
    public static CommandSpec Spec { get; } = DelRangeCommand.Spec with
    {
        Name = "HEDGE.DELPREFIX",
        Arity = 2,
        Syntax = "prefix",
        Summary = "Removes all keys of the database that begin with a prefix",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> prefix = context.Argument(1);
        // Behind all keys that begin so is what has the last byte that can be one higher, one higher.
        int length = prefix.LastIndexOfAnyExcept(byte.MaxValue) + 1;
        byte[] end = prefix[..length].ToArray();
        if (length > 0) end[^1]++;
        DelRangeCommand.Remove(context, prefix, end);
    }
}
