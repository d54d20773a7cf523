namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>The opcodes of sparse registers, one after the other (the grammar is at
/// <see cref="HyperLogLog"/>). A second byte that is missing counts as 0.</summary>
internal ref struct RegisterRuns(ReadOnlySpan<byte> opcodes)
{
    /// <summary>The longest run of ZERO.</summary>
    public const int ZeroLengthMax = 64;

    /// <summary>The longest run of VAL.</summary>
    public const int ValueLengthMax = 4;

    /// <summary>The highest value that a VAL can hold.</summary>
    public const int ValueMax = 32;

    private readonly ReadOnlySpan<byte> _opcodes = opcodes;
    private int _next;

    /// <summary>Where the opcode stands.</summary>
    public int At { get; private set; }

    /// <summary>Number of registers that it covers.</summary>
    public int Length { get; private set; }

    /// <summary>What they hold.</summary>
    public int Value { get; private set; }

    /// <summary>Bytes of the opcode: 2 for XZERO.</summary>
    public readonly int Bytes => _next - At;

    /// <summary>Goes to the next opcode; false behind the last one.</summary>
    public bool MoveNext()
    {
        if (_next >= _opcodes.Length) return false;
        At = _next++;
        int first = _opcodes[At];
        Value = 0;
        if (first >= 0x80)
        {
            Value = ((first >> 2) & 0x1F) + 1;
            Length = (first & 3) + 1;
        }
        else if (first < 0x40)
        {
            Length = first + 1;
        }
        else
        {
            int second = _next < _opcodes.Length ? _opcodes[_next] : 0;
            _next++;
            Length = (((first & 0x3F) << 8) | second) + 1;
        }

        return true;
    }

    /// <summary>Writes a VAL.</summary>
    /// <returns>Its length.</returns>
    public static int WriteValue(Span<byte> output, int value, int length)
    {
        output[0] = (byte)(0x80 | ((value - 1) << 2) | (length - 1));
        return 1;
    }

    /// <summary>Writes a ZERO, or an XZERO for a long run.</summary>
    /// <returns>Its length.</returns>
    public static int WriteZeros(Span<byte> output, int length)
    {
        int number = length - 1;
        if (length <= ZeroLengthMax)
        {
            output[0] = (byte)number;
            return 1;
        }

        output[0] = (byte)(0x40 | (number >> 8));
        output[1] = (byte)number;
        return 2;
    }
}
