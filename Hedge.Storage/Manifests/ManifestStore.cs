using System.Globalization;
using Hedge.Storage.Io;

namespace Hedge.Storage.Manifests;

/// <summary>
/// The manifests of a data directory's partitions, each whole in <c>pNN/MANIFEST</c>. Start-up and background
/// jobs;
/// one user per partition at a time.
/// </summary>
/// <remarks>
/// Saving: (1) the new manifest is written as <c>MANIFEST.new</c>; (2) that is synced; (3) renamed over
/// <c>MANIFEST</c>; (4) the directory is synced. A crash leaves the old manifest or the new one. After a
/// failed save either may be on disk: files of neither may be deleted before a later save has succeeded.
/// </remarks>
public sealed class ManifestStore(IDisk disk, string dataDirectory)
{
    private const int BytesMax = 64 << 20;

    /// <summary>The directory of a partition's runs and manifest.</summary>
    public string DirectoryOf(int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{dataDirectory}/p{partition:D2}");

    /// <summary>The path of a partition's manifest.</summary>
    public string PathOf(int partition) => DirectoryOf(partition) + "/MANIFEST";

    /// <summary>Reads and checks a partition's manifest.</summary>
    /// <exception cref="ManifestException">It is missing, damaged or of another version.</exception>
    /// <exception cref="DiskException">The disk cannot read.</exception>
    public PartitionManifest Load(int partition)
    {
        string path = PathOf(partition);
        if (!disk.Exists(path))
            throw new ManifestException(ManifestProblem.Missing, path, $"manifest {path} is missing");
        return ManifestFormat.Read(WholeFile.Read(disk, path, BytesMax).Span, path, partition);
    }

    /// <summary>
    /// Replaces the partition's manifest durably, creating the partition's directory where it is missing.
    /// </summary>
    /// <exception cref="DiskException">A step failed: the old manifest or the new one is in
    /// force.</exception>
    public void Save(PartitionManifest manifest)
    {
        string? problem = manifest.Problem();
        Invariant.Check(problem is null, problem ?? "a manifest that is saved is right");
        string directory = DirectoryOf(manifest.Partition);
        if (!disk.Exists(directory))
        {
            disk.CreateDirectory(directory);
            disk.SyncDirectory(dataDirectory);
        }

        WholeFile.Replace(disk, directory, "MANIFEST", ManifestFormat.Write(manifest).Span);
    }
}
