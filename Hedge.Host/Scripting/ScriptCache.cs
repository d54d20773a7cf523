using System.Collections.Concurrent;

namespace Hedge.Host.Scripting;

/// <summary>
/// The scripts that the server knows, by their digest. All cores read it without waiting. What EVAL adds goes
/// again, oldest first, when the scripts take too much memory; what SCRIPT LOAD adds stays, and is refused
/// when there is no room.
/// </summary>
internal sealed class ScriptCache(Func<long> bytesMax)
{
    private readonly ConcurrentDictionary<ScriptDigest, Script> _scripts = new();
    private readonly Lock _changing = new();
    private readonly Queue<Script> _evaluated = new();
    private readonly HashSet<ScriptDigest> _loaded = [];
    private long _bytes;
    private long _loadedBytes;

    /// <summary>How many scripts there are.</summary>
    public int Count => _scripts.Count;

    /// <summary>What they take in memory, about.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The script with a digest, or null.</summary>
    public Script? Find(in ScriptDigest digest) => _scripts.GetValueOrDefault(digest);

    /// <summary>Adds a script that a client has sent to run.</summary>
    public void AddEvaluated(Script script)
    {
        lock (_changing)
        {
            if (!_scripts.TryAdd(script.Digest, script)) return;
            _evaluated.Enqueue(script);
            _bytes += script.Bytes;
            long most = bytesMax();
            while (_bytes > most && _evaluated.TryDequeue(out Script? oldest))
            {
                if (_loaded.Contains(oldest.Digest) || Find(oldest.Digest) != oldest) continue;
                _scripts.TryRemove(oldest.Digest, out _);
                _bytes -= oldest.Bytes;
            }
        }
    }

    /// <summary>Adds a script for good. False: there is no room.</summary>
    public bool TryLoad(Script script)
    {
        lock (_changing)
        {
            if (!_loaded.Add(script.Digest)) return true;
            if (_loadedBytes + script.Bytes > bytesMax())
            {
                _loaded.Remove(script.Digest);
                return false;
            }

            _loadedBytes += script.Bytes;
            if (_scripts.TryAdd(script.Digest, script)) _bytes += script.Bytes;
            return true;
        }
    }

    /// <summary>Forgets all scripts. Those that run go on.</summary>
    public void Clear()
    {
        lock (_changing)
        {
            _scripts.Clear();
            _evaluated.Clear();
            _loaded.Clear();
            _bytes = _loadedBytes = 0;
        }
    }
}
