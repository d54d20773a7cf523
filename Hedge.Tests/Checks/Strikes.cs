namespace Hedge.Tests.Checks;

/// <summary>What happens to a file of a directory at rest.</summary>
internal static class Strikes
{
    /// <summary>All that is done.</summary>
    public static readonly string[] All = ["flip", "flip", "zero", "cut", "remove", "swap"];

    /// <summary>Does something to a file of a copy; false when there is nothing to do it to.</summary>
    public static bool Strike(
        string copy, string file, string how, string[] files, Random random, out string what)
    {
        string path = copy + file;
        byte[] bytes = File.ReadAllBytes(path);
        what = how;
        // What follows in a log segment was never written, or is what it was before.
        int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        if (used == 0 && how is "flip" or "zero" or "cut") return false;
        int at = random.Next(Math.Max(1, used));
        switch (how)
        {
            case "flip":
                bytes[at] ^= (byte)(1 << random.Next(8));
                what = $"flipped at {at}";
                File.WriteAllBytes(path, bytes);
                return true;
            case "zero":
                int block = at / 4096 * 4096;
                Span<byte> part = bytes.AsSpan(block, Math.Min(4096, bytes.Length - block));
                if (part.IndexOfAnyExcept((byte)0) < 0) return false;
                part.Clear();
                what = $"zeroed at {block}";
                File.WriteAllBytes(path, bytes);
                return true;
            case "cut":
                what = $"cut at {at}";
                File.WriteAllBytes(path, bytes[..at]);
                return true;
            case "remove":
                File.Delete(path);
                return true;
            default:
                string[] others = [.. files.Where(other => other != file && KindOf(other) == KindOf(file))];
                if (others.Length == 0) return false;
                string other = copy + others[random.Next(others.Length)];
                what = $"exchanged with {other}";
                File.WriteAllBytes(path, File.ReadAllBytes(other));
                File.WriteAllBytes(other, bytes);
                return true;
        }
    }

    /// <summary>What kind of file it is.</summary>
    public static string KindOf(string file)
    {
        string name = Path.GetFileName(file);
        if (name.StartsWith("LOG-", StringComparison.Ordinal)) return "ledger";
        string ending = Path.GetExtension(name);
        return ending.Length > 0 ? ending : name;
    }
}
