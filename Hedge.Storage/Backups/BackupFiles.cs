using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Backups;

/// <summary>
/// Puts runs and value files into a backup: as another name of the file that the backup before has, or else
/// of the data directory's, or else as a copy. None of them ever changes. New ones are read once from the
/// backup's name and verified.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="values">The files that runs refer to.</param>
/// <param name="previous">The directory of the backup before; null for none.</param>
/// <param name="part">The backup's directory.</param>
/// <param name="backup">Counts.</param>
internal sealed class BackupFiles(
    IDisk disk, ValueFiles values, string? previous, string part, Backup backup) : IDisposable
{
    /// <summary>True to share files by name and length alone, so that tests can show that they find the
    /// mistake.</summary>
    internal static bool IgnoresPages { get; set; }

    private const int PieceBytes = 1 << 20;

    private readonly FileCopy _copy = new(disk);
    private readonly PageBuffer _pages = new(2 * Page.Bytes);

    /// <summary>Puts a run there, in pieces.</summary>
    /// <returns>Bytes read or written, piece by piece.</returns>
    public IEnumerable<long> AddRun(Run run, string relative)
    {
        string target = $"{part}/{relative}";
        long bytes = run.Info.FileBytes;
        if (TryLinkPrevious(run.File, relative, bytes, bytes))
        {
            backup.LinkedBytes += bytes;
            yield break;
        }

        if (!disk.TryLink(run.File.Path, target))
            foreach (int piece in _copy.Copy(run.File, bytes, target)) yield return 2 * piece;
        backup.NewBytes += bytes;
        foreach (long piece in Verify(target, run.Id)) yield return piece;
    }

    /// <summary>Puts a value file, or a log segment that is going to be one, there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">The end of what runs refer to in it; 0 when they do not say.</param>
    /// <param name="relative">The path in a data directory.</param>
    /// <returns>Bytes read or written, piece by piece.</returns>
    public IEnumerable<long> AddValues(ValueFile file, long end, string relative)
    {
        string target = $"{part}/{relative}";
        string source = values.PathOf(file.Id);
        bool isWhole = disk.Exists(source);
        long length = disk.Length(file.File!);
        long needed = isWhole || end == 0 ? length : Math.Min(length, Page.RoundUp(end));
        if (TryLinkPrevious(file.File!, relative, needed, isWhole ? needed : long.MaxValue))
        {
            backup.LinkedBytes += needed;
            yield break;
        }

        backup.NewBytes += needed;
        // A segment of the log still grows, and may be used for something else later.
        if (isWhole && disk.TryLink(source, target)) yield break;
        foreach (int piece in _copy.Copy(file.File!, needed, target)) yield return 2 * piece;
        uint written = _copy.Sum;
        foreach (int piece in _copy.Read(target, needed))
        {
            backup.CheckedBytes += piece;
            yield return piece;
        }

        if (_copy.Sum != written) throw new IOException($"value file {target} is not as it was written");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _copy.Dispose();
        _pages.Dispose();
    }

    // The last page that is needed tells files of one name and length apart: a run's has its checksums, and a
    // segment's was not full when it was copied before.
    private bool TryLinkPrevious(DiskFile source, string relative, long least, long most)
    {
        if (previous is null) return false;
        string path = $"{previous}/{relative}";
        if (!disk.Exists(path)) return false;
        using (DiskFile file = disk.Open(path, DiskOpenMode.ReadDirect))
        {
            long length = disk.Length(file);
            if (length < least || length > most) return false;
            if (!IgnoresPages && !IsSame(source, file, Math.Max(0, least - Page.Bytes))) return false;
        }

        return disk.TryLink(path, $"{part}/{relative}");
    }

    private bool IsSame(DiskFile left, DiskFile right, long page)
    {
        Span<byte> one = _pages.Slice(0, Page.Bytes);
        Span<byte> other = _pages.Slice(Page.Bytes, Page.Bytes);
        int read = disk.Read(left, page, one);
        return disk.Read(right, page, other) == read && one[..read].SequenceEqual(other[..read]);
    }

    private IEnumerable<long> Verify(string path, RunId id)
    {
        Run run = Run.Open(disk, path, id, values);
        try
        {
            using RunScanner scanner = new(disk, run);
            long told = 0;
            while (scanner.MoveNext() != CursorState.End)
            {
                if (scanner.BytesRead - told < PieceBytes) continue;
                backup.CheckedBytes += scanner.BytesRead - told;
                yield return scanner.BytesRead - told;
                told = scanner.BytesRead;
            }

            backup.CheckedBytes += scanner.BytesRead - told;
        }
        finally
        {
            run.Release();
        }
    }
}
