using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>Memory that is a simulated file's first bytes. What is stored there is in the file from the
/// moment of a kill, a fork or the unmapping, as unsynced writes: nobody reads it through the file
/// before.</summary>
internal sealed unsafe class SimMapping : SharedMapping
{
    private const int UnitBytes = 512;
    private readonly SimMappings _all;
    private readonly SimDiskInode _inode;
    private readonly AlignedBuffer _memory;

    public SimMapping(SimMappings all, SimDiskInode inode, long length)
    {
        _all = all;
        _inode = inode;
        _memory = new AlignedBuffer((int)length);
        inode.Read(0, _memory.Span);
        Pointer = _memory.Pointer;
        Length = length;
    }

    /// <summary>Puts what has changed into the file.</summary>
    public void Store()
    {
        if (Pointer == null) return;
        Span<byte> before = stackalloc byte[UnitBytes];
        for (int at = 0; at < Length; at += UnitBytes)
        {
            ReadOnlySpan<byte> now = _memory.Span.Slice(at, UnitBytes);
            _inode.Read(at, before);
            if (!now.SequenceEqual(before)) _inode.Write(at, now);
        }
    }

    public override void Dispose()
    {
        if (Pointer == null) return;
        _all.Unmap(this);
        Pointer = null;
        Length = 0;
        _memory.Dispose();
    }
}
