using Hedge.Host.Declarations;
using Hedge.Storage.Keys;

namespace Hedge.Host.Commands.Bitmaps;

/// <summary>Bit offsets in arguments.</summary>
internal static class BitOffset
{
    private const string Invalid = "ERR bit offset is not an integer or out of range";

    /// <summary>
    /// Reads argument <paramref name="index"/> as a bit offset; false after replying with an error. With
    /// <paramref name="bits"/> above 0, "#n" means n · bits.
    /// </summary>
    public static bool TryRead(CommandContext context, int index, out long offset, int bits = 0)
    {
        ReadOnlySpan<byte> text = context.Argument(index);
        bool counts = bits > 0 && text.Length > 0 && text[0] == '#';
        bool isInteger = Numbers.TryParseInt64(counts ? text[1..] : text, out offset);
        if (counts) offset = unchecked(offset * bits);
        if (isInteger && offset >= 0 && offset >> 3 < KeyLimits.ValueBytesMax) return true;
        context.Reply.Error(Invalid);
        return false;
    }
}
