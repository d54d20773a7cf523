namespace Hedge.Storage.Io;

/// <summary>How a file is opened.</summary>
public enum DiskOpenMode
{
    /// <summary>Existing file, read only, page cache bypassed where the file system can (O_DIRECT): run
    /// files. Offsets, lengths and buffers must be multiples of 4096.</summary>
    ReadDirect,

    /// <summary>Existing file, read only, through the page cache: logs at recovery, manifests.</summary>
    Read,

    /// <summary>New file, read and write, through the page cache;
    /// fails with EEXIST when the path is taken.</summary>
    Create,

    /// <summary>New file, read and write, page cache bypassed where the file system can (O_DIRECT); fails
    /// with EEXIST when the path is taken. Offsets, lengths and buffers must be multiples of 4096.</summary>
    CreateDirect,

    /// <summary>Existing file, read and write, through the page cache.</summary>
    ReadWrite,

    /// <summary>Existing file, read and write, page cache bypassed where the file system can (O_DIRECT): log
    /// segments. Offsets, lengths and buffers must be multiples of 4096.</summary>
    ReadWriteDirect,
}

/// <summary>An open file. Made and closed by the <see cref="IDisk"/> that opened it.</summary>
public abstract class DiskFile(string path) : IDisposable
{
    /// <summary>The path the file was opened with.</summary>
    public string Path { get; } = path;

    /// <summary>Closes the file. No operation may be under way.</summary>
    public abstract void Dispose();
}

/// <summary>
/// An open directory in which other users may put anything. Names have no path in them. No link is
/// followed, only regular files are opened, and opening does not wait. Every failure is a
/// <see cref="DiskException"/>.
/// </summary>
public interface IDiskFolder : IDisposable
{
    /// <summary>Opens a regular file (<see cref="DiskOpenMode.Read"/>), or makes one
    /// (<see cref="DiskOpenMode.Create"/>).</summary>
    DiskFile Open(string name, DiskOpenMode mode);

    /// <summary>True when the name exists, whatever it is.</summary>
    bool Exists(string name);

    /// <summary>Renames; fails with EEXIST when <paramref name="to"/> is taken.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file or a link.</summary>
    void Delete(string name);

    /// <summary>Makes the directory's names durable.</summary>
    void Sync();
}

/// <summary>A directory that this process alone uses. It stays locked, whatever is deleted or renamed in
/// it, until the process ends or until <see cref="IDisposable.Dispose"/>.</summary>
public interface IDirectoryLock : IDisposable
{
    /// <summary>Checks that the path still leads to the locked directory. Someone may have renamed it or
    /// mounted another file system over it. Any thread; may wait for the disk.</summary>
    /// <exception cref="DiskException">The path leads elsewhere.</exception>
    void Check();

    /// <summary>True when other users of the machine have rights on the directory.</summary>
    bool IsOpenToOthers { get; }
}

/// <summary>
/// The synchronous half of the only way to the disk, for start-up and background jobs. Any thread may call
/// it. Every failure is a <see cref="DiskException"/>. A core's hot path uses <see cref="IDiskQueue"/>
/// instead.
/// </summary>
/// <remarks>
/// Durability: data is durable after <see cref="Sync"/> of its file; a created, renamed or deleted name after
/// <see cref="SyncDirectory"/> of its directory. Nothing else promises anything.
/// </remarks>
public interface IDisk
{
    /// <summary>Opens or creates the file at <paramref name="path"/>.</summary>
    DiskFile Open(string path, DiskOpenMode mode);

    /// <summary>The file's length in bytes.</summary>
    long Length(DiskFile file);

    /// <summary>Reads up to <c>buffer.Length</c> bytes at <paramref name="offset"/>; fewer only at the end of
    /// the file. Returns the number of bytes read.</summary>
    int Read(DiskFile file, long offset, Span<byte> buffer);

    /// <summary>Writes all of <paramref name="data"/> at <paramref name="offset"/>,
    /// extending the file as needed.</summary>
    void Write(DiskFile file, long offset, ReadOnlySpan<byte> data);

    /// <summary>Makes the file's data and length durable (fdatasync).</summary>
    void Sync(DiskFile file);

    /// <summary>Reserves space so that the file is at least <paramref name="length"/> bytes long;
    /// new bytes are zero.</summary>
    void Allocate(DiskFile file, long length);

    /// <summary>Cuts or extends the file to <paramref name="length"/> bytes.</summary>
    void Truncate(DiskFile file, long length);

    /// <summary>Renames atomically; an existing <paramref name="to"/> is replaced.</summary>
    void Rename(string from, string to);

    /// <summary>Removes the file. Its space becomes free when the last open handle is closed.</summary>
    void Delete(string path);

    /// <summary>Gives a file that never changes again a second name. Both are names of one file, whose
    /// space becomes free when the last of them is deleted.</summary>
    /// <returns>False when no file can have both: the paths are on two file systems, or the file system has
    /// no such links.</returns>
    bool TryLink(string existing, string path) => false;

    /// <summary>Makes the directory's names durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Removes an empty directory.</summary>
    void DeleteDirectory(string path) => throw new DiskException("rmdir", path, Errno.NotSupported);

    /// <summary>Creates the directory and those of its parents that are missing.</summary>
    void CreateDirectory(string path);

    /// <summary>True when a file or directory stands at <paramref name="path"/>.</summary>
    bool Exists(string path);

    /// <summary>Opens the folder <paramref name="folder"/> below the directory <paramref name="root"/> (the
    /// root itself when the folder is empty). No link below the root is followed.</summary>
    IDiskFolder OpenFolder(string root, string folder);

    /// <summary>The names (not paths) of the files and directories in <paramref name="path"/>,
    /// in ordinal order.</summary>
    IReadOnlyList<string> List(string path);

    /// <summary>Takes the directory's exclusive lock,
    /// or returns null when another process holds it.</summary>
    IDirectoryLock? TryLock(string path);

    /// <summary>As <see cref="TryLock"/>, for whoever only reads: nothing is written, so a directory that
    /// cannot be written will do.</summary>
    IDirectoryLock? TryLockToRead(string path) => TryLock(path);

    /// <summary>All bytes of the file system of <paramref name="path"/>, free or not.</summary>
    long TotalBytes(string path);

    /// <summary>Bytes free for new data on the file system of <paramref name="path"/>.</summary>
    long FreeBytes(string path);

    /// <summary>Maps the first <paramref name="length"/> bytes of a file that is at least that long and is
    /// opened for reading and writing through the page cache. Null when the file system cannot.</summary>
    SharedMapping? MapShared(DiskFile file, long length) => null;

    /// <summary>A number that the machine keeps from its boot to its shutdown or a power failure. While it
    /// is the same, the page cache is the same. 0 when it is unknown.</summary>
    UInt128 BootId => 0;
}
