namespace Hedge.Host.Commands.Strings;

/// <summary>A stretch of bytes that stands in both strings.</summary>
internal readonly record struct CommonRange(int FirstStart, int SecondStart, int Length);

/// <summary>
/// The longest common subsequence of two strings by the textbook table: cell (i, j) is the length for the
/// first i and the first j bytes. The way back through the table goes left (in the second string) when both
/// ways are as good, as Redis does, so that the same one of several longest subsequences comes out.
/// </summary>
internal ref struct CommonSubsequence
{
    private readonly ReadOnlySpan<uint> _lengths;
    private readonly ReadOnlySpan<byte> _second;
    private int _i;
    private int _j;

    /// <summary>A way back from the end of both strings through a table that <see cref="Fill"/>
    /// filled.</summary>
    public CommonSubsequence(ReadOnlySpan<uint> lengths, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        _lengths = lengths;
        First = first;
        _second = second;
        _i = first.Length;
        _j = second.Length;
        Length = lengths[_i * (second.Length + 1) + _j];
    }

    /// <summary>The first string.</summary>
    public ReadOnlySpan<byte> First { get; }

    /// <summary>Length of the longest common subsequence.</summary>
    public uint Length { get; }

    /// <summary>Fills the table of (first + 1) × (second + 1) cells, row by row.</summary>
    public static void Fill(Span<uint> lengths, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        int width = second.Length + 1;
        lengths[..width].Clear();
        for (int i = 1; i <= first.Length; i++)
        {
            ReadOnlySpan<uint> above = lengths.Slice((i - 1) * width, width);
            Span<uint> row = lengths.Slice(i * width, width);
            byte wanted = first[i - 1];
            row[0] = 0;
            for (int j = 1; j < row.Length; j++)
                row[j] = second[j - 1] == wanted ? above[j - 1] + 1 : Math.Max(above[j], row[j - 1]);
        }
    }

    /// <summary>The next range from the end towards the start; false when there is none.</summary>
    public bool NextRange(out CommonRange range)
    {
        int width = _second.Length + 1;
        int length = 0;
        while (_i > 0 && _j > 0)
        {
            if (First[_i - 1] == _second[_j - 1])
            {
                _i--;
                _j--;
                length++;
                continue;
            }

            if (length > 0) break;
            if (_lengths[(_i - 1) * width + _j] > _lengths[_i * width + _j - 1]) _i--;
            else _j--;
        }

        range = new CommonRange(_i, _j, length);
        return length > 0;
    }
}
