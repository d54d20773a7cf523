namespace Hedge.Host.Declarations;

/// <summary>
/// A key that routing must know and that COMMAND INFO does not show, since Redis declares none for the
/// command: the argument at <paramref name="Index"/>, when argument 1 is <paramref name="Word"/> (DEBUG
/// OBJECT key).
/// </summary>
/// <param name="Word">The word, in upper case.</param>
/// <param name="Index">The key's argument index.</param>
public sealed record HiddenKey(string Word, int Index)
{
    private readonly ReadOnlyMemory<byte> _word = System.Text.Encoding.ASCII.GetBytes(Word);

    /// <summary>True when a request with this argument 1 and so many arguments has the key.</summary>
    public bool IsIn(ReadOnlySpan<byte> argument, int argumentCount) =>
        argumentCount > Index && AsciiText.EqualsIgnoreCase(argument, _word.Span);
}
