using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Backups;

/// <summary>Makes a data directory of a snapshot that is ready, piece by piece
/// (<c>docs/formats/backup.md</c>).</summary>
/// <remarks>
/// 1. What was not finished before is deleted, the directory with its folders is made.
/// 2. The runs, then the value files that they refer to (<see cref="BackupFiles"/>).
/// 3. The manifests of the moment, the files that the host keeps, the identity with a life of its own, and
///    the note. The folders are synced.
/// 4. The directory gets its name. Then the oldest backups may go.
/// Until step 4 a crash leaves nothing but a directory that the next backup deletes.
/// </remarks>
internal sealed class BackupWriter(IDisk disk, string directory, ValueFiles values, Backup backup)
{
    /// <summary>Makes it.</summary>
    /// <returns>Bytes read or written, piece by piece.</returns>
    public IEnumerable<long> Write()
    {
        BackupOrder order = backup.Order;
        BackupSet set = new(disk, order.Directory);
        string part = set.Begin(order.Name);
        bool isDone = false;
        try
        {
            string? previous = order.IsFull ? null
                : set.List().LastOrDefault(each => each.Note.Life == backup.Life)?.Path;
            using (BackupFiles files = new(disk, values, previous, part, backup))
                foreach (long piece in WriteFiles(files, part)) yield return piece;
            foreach (long piece in WriteRest(part)) yield return piece;
            set.Finish(order.Name);
            isDone = true;
        }
        finally
        {
            if (!isDone) set.GiveUp(part);
        }

        if (order.Keep > 0) set.Prune(order.Keep, backup.Life);
    }

    private IEnumerable<long> WriteFiles(BackupFiles files, string part)
    {
        Dictionary<ValueFileId, long> uses = Uses(out long bytes);
        backup.Bytes = bytes;
        ManifestStore store = new(disk, part);
        for (int i = 0; i < backup.Snapshot.Parts.Length; i++)
        {
            string folder = store.DirectoryOf(i)[(part.Length + 1)..];
            disk.CreateDirectory($"{part}/{folder}");
            foreach (Run run in backup.Snapshot.Parts[i].Runs)
            {
                string name = $"{folder}/{ManifestRun.NameOf(run.Id.FileNumber)}";
                foreach (long piece in files.AddRun(run, name)) yield return piece;
            }
        }

        string log = SegmentNames.DirectoryOf(part);
        disk.CreateDirectory(log);
        foreach ((ValueFileId id, long end) in uses.OrderBy(use => (use.Key.Core, use.Key.Number)))
        {
            string name = SegmentNames.PathOf(log, id.Core, id.Number, ".val")[(part.Length + 1)..];
            foreach (long piece in files.AddValues(values[id], end, name)) yield return piece;
        }

        disk.SyncDirectory(log);
    }

    private IEnumerable<long> WriteRest(string part)
    {
        ManifestStore store = new(disk, part);
        foreach (SnapshotPart each in backup.Snapshot.Parts)
        {
            store.Save(each.Manifest);
            yield return 0;
        }

        foreach (string name in backup.Order.HostFiles)
        {
            if (!disk.Exists($"{directory}/{name}")) continue;
            ReadOnlyMemory<byte> content = WholeFile.Read(disk, $"{directory}/{name}", int.MaxValue);
            WholeFile.Replace(disk, part, name, content.Span);
        }

        backup.Bytes = backup.NewBytes + backup.LinkedBytes;
        UInt128 life = new((ulong)backup.Milliseconds ^ (ulong)(backup.Life >> 64), (ulong)backup.Life + 1);
        DataDirectory.Make(disk, part, backup.Snapshot.Parts.Length, backup.Id, 0, life);
        new BackupNote(backup.Milliseconds, backup.Life, backup.Segments, backup.Bytes, backup.NewBytes)
            .Write(disk, part);
    }

    // By file, the end of what all runs refer to; 0 when one does not say.
    private Dictionary<ValueFileId, long> Uses(out long bytes)
    {
        bytes = 0;
        Dictionary<ValueFileId, long> uses = [];
        foreach (SnapshotPart part in backup.Snapshot.Parts)
        {
            foreach (Run run in part.Runs)
            {
                bytes += run.Info.FileBytes;
                foreach (ValueFileUse use in run.Info.Values)
                {
                    bool isKnown = uses.TryGetValue(use.File, out long end);
                    bool isUnsaid = use.End == 0 || (isKnown && end == 0);
                    uses[use.File] = isUnsaid ? 0 : Math.Max(end, use.End);
                }
            }
        }

        foreach ((ValueFileId id, long end) in uses)
            bytes += values[id] is { IsValueFile: true } file ? file.Bytes : Page.RoundUp(end);
        return uses;
    }
}
