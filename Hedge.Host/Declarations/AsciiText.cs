namespace Hedge.Host.Declarations;

/// <summary>ASCII helpers for command words.</summary>
public static class AsciiText
{
    /// <summary>Compares without regard to ASCII case.</summary>
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length == word.Length && System.Text.Ascii.EqualsIgnoreCase(text, word);
}
