using System.Globalization;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>What commands on hashes whose fields expire are to answer, by their public documentation: a model
/// of its own, since redis-server 7.0.15 does not know them. Replies are as <see cref="SimOp"/> shows
/// them.</summary>
internal sealed class FieldModel
{
    private readonly Dictionary<string, Dictionary<string, Content>> _hashes = [];

    /// <summary>Fields whose time has come.</summary>
    public long Expired { get; private set; }

    /// <summary>Time passes: fields go, and keys with their last ones.</summary>
    public void GoTo(long now)
    {
        foreach ((string key, Dictionary<string, Content> hash) in _hashes.ToArray())
        {
            string[] due = [.. hash.Where(f => f.Value.ExpireAt is > 0 and var at && at <= now)
                .Select(f => f.Key)];
            foreach (string field in due) hash.Remove(field);
            Expired += due.Length;
            if (hash.Count == 0) _hashes.Remove(key);
        }
    }

    /// <summary>What a field's time was found to be, which the model knows but roughly after a command with a
    /// relative time.</summary>
    public void Correct(string key, string field, long expireAt, long slack)
    {
        if (!_hashes.TryGetValue(key, out Dictionary<string, Content>? hash)
            || !hash.TryGetValue(field, out Content content))
        {
            if (expireAt != -2) throw new SimFailureException($"{key} {field} has {expireAt} and is gone");
            return;
        }

        long known = content.ExpireAt == 0 ? -1 : content.ExpireAt;
        if (expireAt < known || expireAt - known > slack)
            throw new SimFailureException($"{key} {field} expires at {expireAt}, not {known}");
        hash[field] = content with { ExpireAt = Math.Max(0, expireAt) };
    }

    /// <summary>Does a command and tells its reply.</summary>
    public string Do(string[] words, long now)
    {
        string key = words[1];
        Dictionary<string, Content> hash = _hashes.TryGetValue(key, out var found) ? found : [];
        string reply = Do(words, hash, now);
        if (hash.Count == 0) _hashes.Remove(key);
        else _hashes[key] = hash;
        return reply;
    }

    private string Do(string[] words, Dictionary<string, Content> hash, long now)
    {
        int fields = Array.IndexOf(words, "FIELDS") + 2;
        switch (words[0])
        {
            case "HSET": return $":{Pairs(words[2..]).Count(p => Set(hash, p.Field, p.Value, 0))}";
            case "HSETNX":
                bool isThere = hash.ContainsKey(words[2]);
                if (!isThere) Set(hash, words[2], words[3], 0);
                return isThere ? ":0" : ":1";
            case "HINCRBY": return Increment(hash, words[2], Number(words[3]));
            case "HGET": return Value(hash, words[2]);
            case "HMGET": return List(words[2..].Select(f => Value(hash, f)));
            case "HEXISTS": return hash.ContainsKey(words[2]) ? ":1" : ":0";
            case "HLEN": return $":{hash.Count}";
            case "HGETALL": return Sorted(hash);
            case "HDEL": return $":{words[2..].Count(hash.Remove)}";
            case "EXISTS": return hash.Count > 0 ? ":1" : ":0";
            case "TYPE": return hash.Count > 0 ? "+hash" : "+none";
            case "DEL":
                int keys = hash.Count > 0 ? 1 : 0;
                hash.Clear();
                return $":{keys}";
            case "COPY": return Copy(hash, words[2]);
            case "RENAME": return Rename(hash, words[2]);
            case "HPERSIST": return List(words[fields..].Select(f => Persist(hash, f)));
            case "HPEXPIRETIME": return List(words[fields..].Select(f => Time(hash, f)));
            case "HEXPIREAT" or "HPEXPIREAT" or "HEXPIRE" or "HPEXPIRE":
                int unit = words[0].StartsWith("HP", StringComparison.Ordinal) ? 1 : 1000;
                long at = (Number(words[2]) * unit)
                    + (words[0].EndsWith("AT", StringComparison.Ordinal) ? 0 : now);
                string condition = words[3] == "FIELDS" ? "" : words[3];
                return List(words[fields..].Select(f => Expire(hash, f, at, condition, now)));
            case "HGETDEL": return List(words[fields..].Select(f => Take(hash, f)));
            case "HGETEX": return GetAndExpire(hash, words, fields, now);
            case "HSETEX": return SetAndExpire(hash, words, fields, now);
            default: throw new ArgumentException(words[0]);
        }
    }

    private static string GetAndExpire(Dictionary<string, Content> hash, string[] words, int fields, long now)
    {
        long at = Time(words, now);
        return List(words[fields..].Select(field =>
        {
            string value = Value(hash, field);
            if (value == "_") return value;
            if (words[2] == "PERSIST") hash[field] = hash[field] with { ExpireAt = 0 };
            else if (at != 0 && at <= now) hash.Remove(field);
            else if (at != 0) hash[field] = hash[field] with { ExpireAt = at };
            return value;
        }));
    }

    private static string SetAndExpire(Dictionary<string, Content> hash, string[] words, int fields, long now)
    {
        (string Field, string Value)[] pairs = [.. Pairs(words[fields..])];
        if (words[2] == "FNX" && pairs.Any(p => hash.ContainsKey(p.Field))) return ":0";
        if (words[2] == "FXX" && pairs.Any(p => !hash.ContainsKey(p.Field))) return ":0";
        long at = Time(words, now);
        foreach ((string field, string value) in pairs)
        {
            bool keeps = words.Contains("KEEPTTL") && hash.ContainsKey(field);
            if (at != 0 && at <= now) hash.Remove(field);
            else Set(hash, field, value, keeps ? hash[field].ExpireAt : at);
        }

        return ":1";
    }

    private static long Time(string[] words, long now)
    {
        for (int i = 2; words[i] != "FIELDS"; i++)
        {
            if (words[i] is "EX" or "PX") return now + (Number(words[i + 1]) * (words[i] == "EX" ? 1000 : 1));
            if (words[i] is "EXAT" or "PXAT") return Number(words[i + 1]) * (words[i] == "EXAT" ? 1000 : 1);
        }

        return 0;
    }

    private static string Expire(
        Dictionary<string, Content> hash, string field, long at, string condition, long now)
    {
        if (!hash.TryGetValue(field, out Content content)) return ":-2";
        long old = content.ExpireAt == 0 ? long.MaxValue : content.ExpireAt;
        bool isMet = condition switch
        {
            "NX" => content.ExpireAt == 0,
            "XX" => content.ExpireAt != 0,
            "GT" => at > old,
            "LT" => at < old,
            _ => true,
        };
        if (!isMet) return ":0";
        if (at <= now)
        {
            hash.Remove(field);
            return ":2";
        }

        hash[field] = content with { ExpireAt = at };
        return ":1";
    }

    private static string Persist(Dictionary<string, Content> hash, string field)
    {
        if (!hash.TryGetValue(field, out Content content)) return ":-2";
        if (content.ExpireAt == 0) return ":-1";
        hash[field] = content with { ExpireAt = 0 };
        return ":1";
    }

    private static string Time(Dictionary<string, Content> hash, string field) =>
        !hash.TryGetValue(field, out Content content) ? ":-2"
        : content.ExpireAt == 0 ? ":-1" : $":{content.ExpireAt}";

    private static string Take(Dictionary<string, Content> hash, string field)
    {
        string value = Value(hash, field);
        hash.Remove(field);
        return value;
    }

    private static string Increment(Dictionary<string, Content> hash, string field, long by)
    {
        Content old = hash.GetValueOrDefault(field, new Content("0", 0));
        if (!long.TryParse(old.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out long number))
            return "-ERR hash value is not an integer";
        number += by;
        hash[field] = old with { Value = number.ToString(CultureInfo.InvariantCulture) };
        return $":{number}";
    }

    private string Copy(Dictionary<string, Content> hash, string target)
    {
        if (hash.Count == 0) return ":0";
        _hashes[target] = new(hash);
        return ":1";
    }

    private string Rename(Dictionary<string, Content> hash, string target)
    {
        if (hash.Count == 0) return "-ERR no such key";
        _hashes[target] = new(hash);
        hash.Clear();
        return "+OK";
    }

    private static bool Set(Dictionary<string, Content> hash, string field, string value, long expireAt)
    {
        bool isNew = !hash.ContainsKey(field);
        hash[field] = new Content(value, expireAt);
        return isNew;
    }

    private static string Value(Dictionary<string, Content> hash, string field) =>
        hash.TryGetValue(field, out Content content) ? "$" + content.Value : "_";

    private static string Sorted(Dictionary<string, Content> hash) => List(hash
        .OrderBy(f => f.Key, StringComparer.Ordinal)
        .SelectMany(f => (string[])["$" + f.Key, "$" + f.Value.Value]));

    private static IEnumerable<(string Field, string Value)> Pairs(string[] words)
    {
        for (int i = 0; i < words.Length; i += 2) yield return (words[i], words[i + 1]);
    }

    private static string List(IEnumerable<string> texts) => $"[{string.Join(',', texts)}]";

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    private readonly record struct Content(string Value, long ExpireAt);
}
