using System.Runtime.CompilerServices;

namespace Hedge.Resp;

/// <summary>
/// Where one argument stands, in bytes from the start of its request (or of the scratch buffer).
/// </summary>
public readonly record struct ArgumentRange(int Offset, int Length);

/// <summary>
/// The arguments of one request as ranges of the input it was parsed from, so nothing is copied. The
/// exception is an inline request with quotes, whose decoded arguments stand in <see cref="Scratch"/>.
/// Reusable and not tied to a connection: one object can serve all connections of a core, also while some of
/// them are in the middle of a request.
/// </summary>
public sealed class RequestArguments
{
    private const int CapacityInitial = 16;

    // Larger arrays are given up once requests have become much smaller again.
    private const int CapacityRetained = 8 * 1024;

    private ArgumentRange[] _ranges = new ArgumentRange[CapacityInitial];
    private byte[] _scratch = [];
    private int _count;

    /// <summary>The number of arguments, with the command's name; 0 for an empty request.</summary>
    public int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _count;
    }

    /// <summary>Whether the ranges refer to <see cref="Scratch"/> rather than to the input.</summary>
    public bool IsScratch { get; private set; }

    /// <summary>
    /// The decoded arguments of an inline request with quotes, until the next request is parsed. Pinned: it
    /// does not move.
    /// </summary>
    public ReadOnlySpan<byte> Scratch => _scratch;

    /// <summary>All ranges, in order, until the next request is parsed.</summary>
    public ReadOnlySpan<ArgumentRange> Ranges => new(_ranges, 0, _count);

    /// <summary>
    /// Where an argument starts. The index must be below <see cref="Count"/>, which is not checked.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Offset(int index) => _ranges[index].Offset;

    /// <summary>
    /// How long an argument is. The index must be below <see cref="Count"/>, which is not checked.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Length(int index) => _ranges[index].Length;

    /// <summary>An argument's bytes.</summary>
    /// <param name="index">Below <see cref="Count"/>.</param>
    /// <param name="input">What was given to the parser; it may have moved since.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Get(int index, ReadOnlySpan<byte> input)
    {
        ArgumentRange range = _ranges[index];
        return IsScratch ? FromScratch(range) : input.Slice(range.Offset, range.Length);
    }

    /// <summary>Forgets the last request and, when it was small, the memory of a much larger one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Clear()
    {
        if (_ranges.Length > CapacityRetained) Shrink();
        _count = 0;
        IsScratch = false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(int offset, int length)
    {
        if ((uint)_count >= (uint)_ranges.Length) Grow();
        _ranges[_count++] = new ArgumentRange(offset, length);
    }

    /// <summary>
    /// Exchanges the ranges with those of a parser that stops, or goes on, in the middle of a request.
    /// </summary>
    internal void Exchange(ref ArgumentRange[] ranges, ref int count)
    {
        (_ranges, ranges) = (ranges, _ranges);
        (_count, count) = (count, _count);
    }

    /// <summary>
    /// A scratch buffer of at least <paramref name="length"/> bytes, to which the ranges now refer.
    /// </summary>
    internal Span<byte> UseScratch(int length)
    {
        if (_scratch.Length < length)
        {
            int capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, 256));
            _scratch = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
        }

        IsScratch = true;
        return _scratch;
    }

    private ReadOnlySpan<byte> FromScratch(ArgumentRange range) => new(_scratch, range.Offset, range.Length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        long capacity = Math.Max(CapacityInitial, _ranges.Length * 2L);
        Array.Resize(ref _ranges, (int)Math.Min(capacity, Array.MaxLength));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Shrink()
    {
        if (_count < _ranges.Length / 8) _ranges = new ArgumentRange[CapacityInitial];
    }
}
