using Hedge.Storage.Damages;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Manifests;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Tests.Checks;

/// <summary>An entry of a run that can be kept and changed.</summary>
internal sealed record ForgedEntry(byte[] Key, RunEntryKind Kind, byte Type, byte Encoding, long ExpireAt,
    byte[] Value, bool IsReference, bool IsUnresolved);

/// <summary>Writes a run anew with other entries: all its checksums are right, and what it says is
/// wrong.</summary>
internal static class ForgedRun
{
    /// <summary>Goes through the runs of a directory, and writes the first one anew that has an entry which
    /// is to be changed.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="change">Gives what takes the place of an entry; null for the same.</param>
    /// <returns>False when there is none.</returns>
    public static bool Change(string directory, Func<ForgedEntry, IEnumerable<ForgedEntry>?> change)
    {
        PosixDisk disk = new();
        ManifestStore store = new(disk, directory);
        for (int partition = 0; Directory.Exists(store.DirectoryOf(partition)); partition++)
        {
            PartitionManifest manifest = store.Load(partition);
            foreach (ManifestRun run in manifest.Runs)
            {
                if (Change(disk, store.DirectoryOf(partition), partition, run, directory, change)
                    is not { } bytes) continue;
                store.Save(manifest with
                {
                    Runs = [.. manifest.Runs.Select(each => each == run
                        ? each with { FileBytes = bytes } : each)],
                });
                return true;
            }
        }

        return false;
    }

    private static long? Change(PosixDisk disk, string folder, int partition, ManifestRun run,
        string directory, Func<ForgedEntry, IEnumerable<ForgedEntry>?> change)
    {
        string path = $"{folder}/{ManifestRun.NameOf(run.FileNumber)}";
        RunId id = new((uint)partition, run.FileNumber);
        List<ForgedEntry> entries = [];
        bool isChanged = false;
        using ValueFiles values = new(disk, directory, new DamageRegister(), static (_, _) => { });
        Run open = Run.Open(disk, path, id, values);
        using (RunScanner scanner = new(disk, open))
        {
            while (scanner.MoveNext() == CursorState.Ready)
            {
                RunEntry entry = scanner.Current;
                ForgedEntry copy = new(entry.Key.ToArray(), entry.Kind, entry.Type, entry.Encoding,
                    entry.ExpireAt, entry.Value.ToArray(), entry.IsReference, entry.IsUnresolved);
                IEnumerable<ForgedEntry>? changed = isChanged ? null : change(copy);
                isChanged |= changed is not null;
                entries.AddRange(changed ?? [copy]);
            }
        }

        entries.Sort((left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        using RunWriter? writer = isChanged ? new RunWriter(disk, path + ".forged", id) : null;
        if (writer is not null) writer.Ranges = open.Info.Ranges;
        foreach (ForgedEntry entry in isChanged ? entries : [])
        {
            writer!.Add(new RunEntry
            {
                Key = entry.Key,
                Kind = entry.Kind,
                Type = entry.Type,
                Encoding = entry.Encoding,
                ExpireAt = entry.ExpireAt,
                Value = entry.Value,
                IsReference = entry.IsReference,
                IsUnresolved = entry.IsUnresolved,
            });
        }

        open.Release();
        if (writer is null) return null;
        long bytes = writer.Finish().FileBytes;
        File.Move(path + ".forged", path, true);
        return bytes;
    }
}
