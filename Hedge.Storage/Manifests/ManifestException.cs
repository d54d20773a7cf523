namespace Hedge.Storage.Manifests;

/// <summary>What is wrong with a manifest or with a data directory.</summary>
public enum ManifestProblem
{
    /// <summary>The file is not there.</summary>
    Missing,

    /// <summary>The bytes are not what was written.</summary>
    Corrupt,

    /// <summary>The file was written by another version of Hedge.</summary>
    UnknownVersion,

    /// <summary>The directory is not Hedge's, or not this server's as it is set up.</summary>
    WrongDirectory,

    /// <summary>Another process has the directory.</summary>
    InUse,
}

/// <summary>A manifest or data directory that cannot be used as it stands. Thrown at start-up only.</summary>
public sealed class ManifestException(ManifestProblem problem, string path, string message)
    : IOException(message)
{
    /// <summary>The kind of problem.</summary>
    public ManifestProblem Problem { get; } = problem;

    /// <summary>The file or directory.</summary>
    public string Path { get; } = path;
}
