using System.Diagnostics;
using System.Globalization;
using Hedge.Storage.Loads;

namespace Hedge.Host.Benchmarks;

/// <summary>All records of a run, sorted by their keys, as a load file beside the data directory; deleted at
/// the end.</summary>
internal sealed class BulkFile(BenchOptions options, KeySpace keys) : IDisposable
{
    private const int BufferBytes = 1 << 20;

    /// <summary>The file.</summary>
    public string Path { get; } = options.Engine.DataDirectory.TrimEnd('/') + ".bench-load";

    /// <summary>Makes it. Returns how long that took, in words.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public string Make()
    {
        long started = Stopwatch.GetTimestamp();
        // A key's digits are those of its number, so that keys sort as numbers do.
        ulong[] numbers = new ulong[options.Records];
        for (long i = 0; i < numbers.Length; i++)
            numbers[i] = options.AreKeysOrdered ? (ulong)i : KeySpace.Mix((ulong)i);
        Array.Sort(numbers);
        using var stream =
            new FileStream(Path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        var writer = new LoadFileWriter(stream);
        Memory<byte> key = keys.NewKey();
        byte[] value = new byte[options.ValueBytes];
        foreach (ulong number in numbers)
        {
            ulong id = options.AreKeysOrdered ? number : KeySpace.Unmix(number);
            keys.Write(key.Span, id);
            ValueMaker.Write(value, id, 0, options.CompressiblePercent);
            writer.Add(key.Span, value);
        }

        writer.Finish();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture,
            $"sorted file of {stream.Length} bytes made in {seconds:0.0} s");
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
