using System.Buffers.Binary;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>Redis's test of its own takes most of a second; this one a few milliseconds, in which no other
/// client of the core is served.</summary>
internal sealed class PfSelfTestCommand : ICommand
{
    private const int Elements = 30_000;
    private const long SparseBytesMax = 3000;

    // Six times the standard error, which is 1.04 / sqrt(registers).
    private const double ErrorMax = 6 * 1.04 / 128;

    public static CommandSpec Spec { get; } = new("PFSELFTEST", 1,
        CommandFlags.Admin,
        AclCategory.HyperLogLog)
    {
        Syntax = "",
        Since = "2.8.9",
        Group = "hyperloglog",
        Complexity = "N/A",
        Summary = "An internal command for testing HyperLogLog values",
        IsSystemCommand = true,
    };

    public static void Execute(CommandContext context)
    {
        if (!RegistersKeepTheirValues()) context.Reply.Error("ERR TESTFAILED a register has lost its value");
        else if (Problem(context.Seed.Next()) is { } text) context.Reply.Error($"ERR TESTFAILED {text}");
        else context.Reply.Ok();
    }

    private static bool RegistersKeepTheirValues()
    {
        using var dense = new Scratch<byte>(HyperLogLog.DenseBytes - HyperLogLog.HeaderBytes);
        dense.Span.Clear();
        for (int i = 0; i < HyperLogLog.Registers; i++)
            DenseRegisters.Set(dense.Span[DenseRegisters.BytesOf(i)], i, i % Cardinality.Values);
        for (int i = 0; i < HyperLogLog.Registers; i++)
            if (DenseRegisters.Get(dense.Span, i) != i % Cardinality.Values) return false;
        return true;
    }

    // Adds numbers to a dense and to a sparse value: both have the same registers, and the estimate is near.
    private static string? Problem(ulong seed)
    {
        int memoryBytes = HyperLogLogEditor.MemoryBytes(HyperLogLog.Empty.Length, Elements);
        using var one = new Scratch<byte>(memoryBytes);
        using var other = new Scratch<byte>(memoryBytes);
        var dense = new HyperLogLogEditor(HyperLogLog.Empty, one.Span, 0);
        var sparse = new HyperLogLogEditor(HyperLogLog.Empty, other.Span, SparseBytesMax);
        dense.TryMakeDense();
        Span<byte> element = stackalloc byte[sizeof(ulong)];
        int checkedAt = 10;
        for (int i = 1; i <= Elements; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(element, seed + (ulong)i);
            (int register, int value) = ElementHash.Place(element);
            if (dense.Raise(register, value) != sparse.Raise(register, value))
                return $"the encodings differ after {i} elements";
            if (i != checkedAt) continue;
            checkedAt *= 10;
            if (!HyperLogLog.TryEstimate(dense.Value, out ulong a)
                || !HyperLogLog.TryEstimate(sparse.Value, out ulong b) || a != b)
                return $"the encodings' estimates differ after {i} elements";
            if (Math.Abs((double)a - i) > Math.Max(2, i * ErrorMax)) return $"{i} elements count as {a}";
        }

        return null;
    }
}
