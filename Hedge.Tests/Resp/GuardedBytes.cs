using System.Runtime.InteropServices;

namespace Hedge.Tests.Resp;

/// <summary>Memory that ends where no byte may be read: reading beyond it ends the process at once.</summary>
internal sealed unsafe class GuardedBytes : IDisposable
{
    private const int PageBytes = 4096;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    // SAFETY: two pages mapped by the constructor until Dispose, of which the second is made inaccessible;
    // spans given out lie in the first.
    private readonly byte* _pages;

    public GuardedBytes()
    {
        _pages = (byte*)mmap(0, 2 * PageBytes, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)_pages == -1 || mprotect((nint)_pages + PageBytes, PageBytes, 0) != 0)
            throw new InvalidOperationException("no memory with a guard page");
    }

    /// <summary>A copy of at most 4096 bytes that ends at the guard.</summary>
    public ReadOnlySpan<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        Span<byte> page = new(_pages, PageBytes);
        Span<byte> copy = page[^bytes.Length..];
        bytes.CopyTo(copy);
        return copy;
    }

    public void Dispose() => _ = munmap((nint)_pages, 2 * PageBytes);

    [DllImport("libc")]
    private static extern nint mmap(nint address, nuint length, int access, int flags, int file, nint offset);

    [DllImport("libc")]
    private static extern int mprotect(nint address, nuint length, int access);

    [DllImport("libc")]
    private static extern int munmap(nint address, nuint length);
}
