using System.Runtime.InteropServices;
using Hedge.Storage.Filters;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>Builds a run's filter while the keys are written. Its memory is bounded by the filter's size.
/// One thread.</summary>
/// <remarks>
/// 1. The keys' hashes are gathered, up to <see cref="HashesMax"/>. If there are no more, the filter is
///    made for exactly these keys.
/// 2. Otherwise the filter is made for the largest possible number of keys, and every further hash is added
///    to it. When far fewer keys came, it is folded: d neighbouring buckets of a filter with d times the
///    buckets belong to one bucket of the smaller filter.
/// </remarks>
internal sealed class FilterBuilder : IDisposable
{
    /// <summary>The most hashes that are kept while the number of keys is unknown (32 MiB).</summary>
    public const long HashesMax = 4 << 20;

    // Buckets come in multiples of this, so that there are several ways to fold.
    private const int FoldMultiple = 12;

    // A folded filter may have slightly fewer bits per key than planned.
    private const double FoldSlack = 0.9;

    private readonly RunWriterSettings _settings;
    private readonly long _hashesMax;
    private readonly PageBuffer _hashes = new(64 * 1024);
    private PageBuffer? _filter;
    private long _gathered;

    /// <summary>An empty filter.</summary>
    public FilterBuilder(RunWriterSettings settings, long hashesMax = HashesMax)
    {
        _settings = settings;
        _hashesMax = hashesMax;
    }

    /// <summary>Keys added.</summary>
    public long Keys { get; private set; }

    /// <summary>The filter's length in bytes, once it is finished.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a key by its <see cref="KeyHash"/>.</summary>
    public void Add(ulong hash)
    {
        Keys++;
        if (_gathered == _hashesMax && _settings.KeysMax < long.MaxValue) Pour();
        long at = _gathered++ * sizeof(ulong);
        _hashes.EnsureCapacity(at + sizeof(ulong), at);
        MemoryMarshal.Write(_hashes.Slice(at, sizeof(ulong)), in hash);
    }

    /// <summary>Gives the filter its final form. Nothing may be added afterwards.</summary>
    public void Finish()
    {
        if (_filter is null)
        {
            Allocate(BloomFilter.BytesFor(Keys, FilterBudget.BitsPerKey(Keys, _settings.OtherFilters)));
            Drain();
            return;
        }

        Drain();
        double bits = FilterBudget.BitsPerKey(Keys, _settings.OtherFilters);
        long wanted = (long)(BloomFilter.BytesFor(Keys, bits) * FoldSlack);
        foreach (int factor in (ReadOnlySpan<int>)[12, 6, 4, 3, 2])
        {
            if (Bytes / factor < wanted) continue;
            Fold(factor);
            return;
        }
    }

    /// <summary>Hands the finished filter to <paramref name="sink"/> in pieces.</summary>
    public void Emit(IByteSink sink, int pieceBytes)
    {
        for (long at = 0; at < Bytes; at += pieceBytes)
            sink.Write(_filter!.Slice(at, (int)Math.Min(pieceBytes, Bytes - at)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hashes.Dispose();
        _filter?.Dispose();
    }

    private void Pour()
    {
        if (_filter is null)
        {
            long keys = Math.Max(_settings.KeysMax, Keys);
            long bytes = BloomFilter.BytesFor(keys, FilterBudget.BitsPerKey(keys, _settings.OtherFilters));
            const long multiple = FoldMultiple * BloomFilter.BucketBytes;
            Allocate((bytes + multiple - 1) / multiple * multiple);
        }

        Drain();
    }

    private void Allocate(long bytes)
    {
        Bytes = bytes;
        _filter = new PageBuffer(bytes);
        for (long at = 0; at < bytes; at += Page.Bytes)
            _filter.Slice(at, Page.Bytes).Clear();
    }

    private void Drain()
    {
        const int pieceHashes = 1 << 20;
        for (long at = 0; at < _gathered; at += pieceHashes)
        {
            int count = (int)Math.Min(pieceHashes, _gathered - at);
            AddAll(MemoryMarshal.Cast<byte, ulong>(_hashes.Slice(at * sizeof(ulong), count * sizeof(ulong))));
        }

        _gathered = 0;
    }

    // A large filter does not fit in the processor's cache, so the bucket is prefetched.
    private void AddAll(ReadOnlySpan<ulong> hashes)
    {
        const int ahead = 16;
        for (int i = 0; i < hashes.Length; i++)
        {
            if (i + ahead < hashes.Length)
                _filter!.Prefetch(BloomFilter.BucketOffset(hashes[i + ahead], Bytes));
            long bucket = BloomFilter.BucketOffset(hashes[i], Bytes);
            BloomFilter.Add(_filter!.Slice(bucket, BloomFilter.BucketBytes), hashes[i]);
        }
    }

    private void Fold(int factor)
    {
        long buckets = Bytes / BloomFilter.BucketBytes / factor;
        Span<byte> sum = stackalloc byte[BloomFilter.BucketBytes];
        for (long bucket = 0; bucket < buckets; bucket++)
        {
            sum.Clear();
            for (int i = 0; i < factor; i++)
            {
                Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(
                    _filter!.Slice((bucket * factor + i) * BloomFilter.BucketBytes, BloomFilter.BucketBytes));
                Span<ulong> sums = MemoryMarshal.Cast<byte, ulong>(sum);
                for (int word = 0; word < sums.Length; word++) sums[word] |= words[word];
            }

            sum.CopyTo(_filter!.Slice(bucket * BloomFilter.BucketBytes, BloomFilter.BucketBytes));
        }

        Bytes = buckets * BloomFilter.BucketBytes;
    }
}
