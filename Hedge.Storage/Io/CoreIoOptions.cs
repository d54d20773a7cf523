namespace Hedge.Storage.Io;

/// <summary>Sizes of one core's I/O.</summary>
public sealed class CoreIoOptions
{
    /// <summary>Operations handed to the kernel at once. A power of two, 8–32,768; default 1,024.</summary>
    public int SubmissionEntries { get; init; } = 1024;

    /// <summary>Results the kernel keeps before it has to allocate. A power of two, at least twice
    /// <see cref="SubmissionEntries"/>, at most 65,536; default 8,192.</summary>
    public int CompletionEntries { get; init; } = 8192;

    /// <summary>
    /// Receive buffers shared by a core's connections. A power of two, 2–32,768; default 256.
    /// </summary>
    public int ReceiveBuffers { get; init; } = 256;

    /// <summary>Size of a receive buffer in bytes, 512–1,048,576; default 16,384.</summary>
    public int ReceiveBufferBytes { get; init; } = 16 * 1024;

    /// <summary>
    /// Portable mode: the most threads that one core's disk operations occupy at once, 1–256; default 8.
    /// </summary>
    public int PortableDiskThreads { get; init; } = 8;

    /// <summary>All mistakes in the options; empty when there are none.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        PowerOfTwo(problems, nameof(SubmissionEntries), SubmissionEntries, 8, 32_768);
        PowerOfTwo(problems, nameof(CompletionEntries), CompletionEntries, 2L * SubmissionEntries, 65_536);
        PowerOfTwo(problems, nameof(ReceiveBuffers), ReceiveBuffers, 2, 32_768);
        InRange(problems, nameof(ReceiveBufferBytes), ReceiveBufferBytes, 512, 1024 * 1024);
        InRange(problems, nameof(PortableDiskThreads), PortableDiskThreads, 1, 256);
        if ((long)ReceiveBuffers * ReceiveBufferBytes > int.MaxValue)
            problems.Add("ReceiveBuffers × ReceiveBufferBytes is above 2 GiB");
        return problems;
    }

    private static void PowerOfTwo(List<string> problems, string name, int value, long low, long high)
    {
        InRange(problems, name, value, low, high);
        if (!int.IsPow2(value)) problems.Add($"{name} is {value}, not a power of two");
    }

    private static void InRange(List<string> problems, string name, int value, long low, long high)
    {
        if (value < low || value > high) problems.Add($"{name} is {value}, not within {low} and {high}");
    }
}
