using Hedge.Storage.Manifests;

namespace Hedge.Storage.Cores;

/// <summary>
/// Puts a new manifest in force, one at a time: saved by a job, then installed in memory by whoever asked. A
/// failed save leaves either manifest on disk, so the same one is saved again until that succeeds.
/// </summary>
internal sealed class ManifestInstaller(PartitionState partition)
{
    private const long RetryMilliseconds = 1000;

    private PartitionManifest? _manifest;
    private Action<CoreStorage>? _installed;
    private long _retryAt;
    private bool _isSaving;

    /// <summary>True when another manifest may be put in force.</summary>
    public bool IsFree => _manifest is null;

    /// <summary>Why the last save failed; null after a success.</summary>
    public IOException? LastFailure
    {
        get => partition.Failures.Manifest;
        private set => partition.Failures.Manifest = value;
    }

    /// <summary>Begins to put a manifest in force.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="installed">Called when it is durable.</param>
    public void Begin(CoreStorage core, PartitionManifest manifest, Action<CoreStorage> installed)
    {
        Invariant.Check(IsFree, "one manifest is put in force at a time");
        _manifest = manifest;
        _installed = installed;
        Save(core);
    }

    /// <summary>Tries a failed save again when it is time.</summary>
    public void Tick(CoreStorage core)
    {
        if (_manifest is null || _isSaving || core.SteadyMilliseconds < _retryAt) return;
        Save(core);
    }

    /// <summary>The job has ended.</summary>
    public void Saved(CoreStorage core, IOException? failure)
    {
        _isSaving = false;
        LastFailure = failure;
        if (failure is not null)
        {
            EngineShared shared = partition.Settings.Shared;
            shared.Failures.Report(partition.Index, shared.Checkpoints.Latest, failure);
            _retryAt = core.SteadyMilliseconds + RetryMilliseconds;
            return;
        }

        Action<CoreStorage> installed = _installed!;
        partition.Files.Manifest = _manifest!;
        _manifest = null;
        _installed = null;
        installed(core);
    }

    private void Save(CoreStorage core)
    {
        _isSaving = true;
        core.Enqueue(new ManifestJob(partition, this, partition.Files.Store, _manifest!));
    }
}
