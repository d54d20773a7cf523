namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>
/// Changes a HyperLogLog in a command's own memory. It cuts and joins opcodes exactly as Redis does, and
/// makes the value dense at the same moment, so that equal commands give equal bytes:
/// <code>
/// 1. Find the opcode that covers the register. Nothing is to be done if its value is as high.
/// 2. Put VAL in its place, with what is left of the opcode on both sides. If that makes the value longer
///    than hll-sparse-max-bytes, or VAL cannot hold the number, make the value dense instead.
/// 3. From the opcode before on, join VALs of the same value that stand together, looking at five opcodes.
/// </code>
/// </summary>
internal ref struct HyperLogLogEditor
{
    private const int LookedAt = 5;

    // What an opcode gets longer by at most.
    private const int GrowthMax = 3;

    private readonly Span<byte> _memory;
    private readonly long _sparseBytesMax;
    private int _length;

    /// <summary>Starts with a value.</summary>
    /// <param name="value">A value (<see cref="HyperLogLog.IsOne"/>), at most
    /// <see cref="HyperLogLog.SparseBytesMax"/> long.</param>
    /// <param name="memory">Room of <see cref="MemoryBytes"/>.</param>
    /// <param name="sparseBytesMax">hll-sparse-max-bytes.</param>
    public HyperLogLogEditor(ReadOnlySpan<byte> value, Span<byte> memory, long sparseBytesMax)
    {
        _memory = memory;
        _sparseBytesMax = sparseBytesMax;
        _length = value.Length;
        value.CopyTo(memory);
    }

    /// <summary>The value.</summary>
    public readonly Span<byte> Value => _memory[.._length];

    /// <summary>The memory needed to raise so many registers of a value of so many bytes.</summary>
    public static int MemoryBytes(int valueBytes, int registers)
    {
        // An opcode that covers a single register does not grow.
        int growth = GrowthMax * Math.Min(registers, HyperLogLog.Registers);
        return Math.Max(HyperLogLog.DenseBytes, valueBytes + growth);
    }

    /// <summary>Raises a register to a value.</summary>
    public RegisterUpdate Raise(int register, int value)
    {
        if (!HyperLogLog.IsDense(_memory)) return RaiseSparse(register, value);
        Span<byte> dense = _memory[HyperLogLog.HeaderBytes..HyperLogLog.DenseBytes];
        if (DenseRegisters.Get(dense, register) >= value) return RegisterUpdate.Unchanged;
        DenseRegisters.Set(dense[DenseRegisters.BytesOf(register)], register, value);
        return RegisterUpdate.Raised;
    }

    /// <summary>Makes a sparse value dense. False when it is damaged.</summary>
    public bool TryMakeDense()
    {
        if (HyperLogLog.IsDense(_memory)) return true;
        using var registers = new Scratch<byte>(HyperLogLog.Registers);
        registers.Span.Clear();
        if (!HyperLogLog.TryMerge(Value, registers.Span)) return false;
        HyperLogLog.MarkDense(_memory);
        _length = HyperLogLog.DenseBytes;
        DenseRegisters.Pack(registers.Span, Value[HyperLogLog.HeaderBytes..]);
        return true;
    }

    private RegisterUpdate RaiseSparse(int register, int value)
    {
        if (value > RegisterRuns.ValueMax) return RaiseDense(register, value);
        if (!TryFind(register, out RegisterRuns run, out int first, out int before))
            return RegisterUpdate.Damaged;
        if (run.Value >= value) return RegisterUpdate.Unchanged;
        Span<byte> opcodes = stackalloc byte[5];
        int length = Split(run, first, register, value, opcodes);
        int growth = length - run.Bytes;
        if (growth > 0 && _length + growth > _sparseBytesMax) return RaiseDense(register, value);
        int at = HyperLogLog.HeaderBytes + run.At;
        int rest = at + run.Bytes;
        _memory[rest.._length].CopyTo(_memory[(rest + growth)..]);
        opcodes[..length].CopyTo(_memory[at..]);
        _length += growth;
        Join(HyperLogLog.HeaderBytes + before);
        HyperLogLog.MakeStale(_memory);
        return RegisterUpdate.Raised;
    }

    private RegisterUpdate RaiseDense(int register, int value) =>
        TryMakeDense() ? Raise(register, value) : RegisterUpdate.Damaged;

    // The opcode that covers the register, the first register that it covers, and where the one before it
    // stands.
    private readonly bool TryFind(int register, out RegisterRuns run, out int first, out int before)
    {
        first = before = 0;
        run = new RegisterRuns(Value[HyperLogLog.HeaderBytes..]);
        while (run.MoveNext())
        {
            if (register < first + run.Length)
                return HyperLogLog.HeaderBytes + run.At + run.Bytes <= _length;
            first += run.Length;
            before = run.At;
        }

        return false;
    }

    private static int Split(in RegisterRuns run, int first, int register, int value, Span<byte> opcodes)
    {
        int length = WriteRun(opcodes, run.Value, register - first);
        length += RegisterRuns.WriteValue(opcodes[length..], value, 1);
        return length + WriteRun(opcodes[length..], run.Value, first + run.Length - 1 - register);
    }

    private static int WriteRun(Span<byte> output, int value, int length) =>
        length == 0 ? 0
        : value == 0 ? RegisterRuns.WriteZeros(output, length)
        : RegisterRuns.WriteValue(output, value, length);

    private void Join(int at)
    {
        for (int looked = 0; at < _length && looked < LookedAt; looked++)
        {
            int first = _memory[at];
            if (first < 0x80)
            {
                at += first < 0x40 ? 1 : 2;
                continue;
            }

            // The same value: all bits but those of the length are equal.
            if (at + 1 < _length && (first & ~3) == (_memory[at + 1] & ~3))
            {
                int length = (first & 3) + (_memory[at + 1] & 3) + 2;
                if (length <= RegisterRuns.ValueLengthMax)
                {
                    _memory[(at + 1).._length].CopyTo(_memory[at..]);
                    _length--;
                    _memory[at] = (byte)((first & ~3) | (length - 1));
                    continue;
                }
            }

            at++;
        }
    }
}
