using System.Globalization;
using System.IO.Hashing;

namespace Hedge.Host.Commands.Strings;

/// <summary>What SET and DELEX compare a string with before they change it: IFEQ and IFNE a value, IFDEQ and
/// IFDNE a digest as DIGEST shows it, 16 hexadecimal digits in any case.</summary>
internal static class ValueCondition
{
    /// <summary>Hexadecimal digits of a digest.</summary>
    public const int DigestCharacters = 16;

    /// <summary>True for digits that can be a digest; else replies with the error.</summary>
    public static bool IsDigest(CommandContext context, int index)
    {
        if (TryDigest(context.Argument(index), out _)) return true;
        context.Reply.Error("ERR a digest has 16 hexadecimal digits");
        return false;
    }

    /// <summary>True when the value is as the option wants it.</summary>
    /// <param name="option">One of the four.</param>
    /// <param name="value">The string that a key holds.</param>
    /// <param name="operand">The option's argument, which has been looked at before.</param>
    public static bool Holds(SetFlags option, ReadOnlySpan<byte> value, ReadOnlySpan<byte> operand)
    {
        bool isEqual = (option & SetFlags.ComparesDigest) == 0 ? value.SequenceEqual(operand)
            : TryDigest(operand, out ulong digest) && XxHash3.HashToUInt64(value) == digest;
        return isEqual == ((option & SetFlags.NeedsEqual) != 0);
    }

    private static bool TryDigest(ReadOnlySpan<byte> text, out ulong digest)
    {
        digest = 0;
        return text.Length == DigestCharacters
            && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out digest);
    }
}
