namespace Hedge.Host.Settings;

/// <summary>Files that may hold a password or tell about keys: a new one is for the server's user
/// alone.</summary>
internal static class PrivateFile
{
    /// <summary>Opens a file for writing.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
