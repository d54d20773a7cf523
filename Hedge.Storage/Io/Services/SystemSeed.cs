using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hedge.Storage.Io.Services;

/// <summary>
/// The operating system's random numbers. It fetches a block at a time. One instance per core.
/// </summary>
public sealed class SystemSeed : ISeed
{
    private const int BlockNumbers = 64;

    private readonly ulong[] _block = new ulong[BlockNumbers];
    private int _next = BlockNumbers;

    /// <inheritdoc/>
    public ulong Next()
    {
        if (_next == BlockNumbers)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(_block.AsSpan()));
            _next = 0;
        }

        return _block[_next++];
    }
}
