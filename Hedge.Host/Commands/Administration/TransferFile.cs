using System.Text;
using Hedge.Storage.Io;

namespace Hedge.Host.Commands.Administration;

/// <summary>The file that HEDGE.LOAD and HEDGE.EXPORT name: below transfer-dir and nowhere else.</summary>
internal static class TransferFile
{
    private const string Forbidden =
        "ERR HEDGE.LOAD and HEDGE.EXPORT are forbidden: the setting transfer-dir is empty";

    private const string Outside =
        "ERR the path must name a file below transfer-dir, without '.', '..' and empty names";

    /// <summary>The file, or null when the error is replied.</summary>
    public static TransferPath? Of(CommandContext context)
    {
        string root = context.Server.Settings.Current.TransferDirectory;
        string given = Encoding.UTF8.GetString(context.Argument(1));
        TransferPath? path = root.Length == 0 ? null : TransferPath.Parse(root, given);
        if (path is null) context.Reply.Error(root.Length == 0 ? Forbidden : Outside);
        return path;
    }
}
