namespace Hedge.Host.Commands;

/// <summary>ASCII helpers for command words.</summary>
public static class Ascii
{
    /// <summary>Compares without regard to ASCII case.</summary>
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length == word.Length && System.Text.Ascii.EqualsIgnoreCase(text, word);
}
