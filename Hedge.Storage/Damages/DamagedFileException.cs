namespace Hedge.Storage.Damages;

/// <summary>A file's bytes are not what was written. Start-up and background jobs throw it; who reads for a
/// command gets a block status instead.</summary>
internal abstract class DamagedFileException(Damage damage, string message) : IOException(message)
{
    /// <summary>What is damaged.</summary>
    public Damage Damage { get; } = damage;

    /// <summary>The file's path.</summary>
    public string Path => Damage.Path;
}
