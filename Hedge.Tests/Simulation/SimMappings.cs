namespace Hedge.Tests.Simulation;

/// <summary>The mappings of a simulated disk's files.</summary>
internal sealed class SimMappings
{
    private readonly List<SimMapping> _mappings = [];

    public SimMapping Map(SimDiskInode inode, long length)
    {
        SimMapping mapping = new(this, inode, length);
        _mappings.Add(mapping);
        return mapping;
    }

    public void Unmap(SimMapping mapping)
    {
        if (_mappings.Remove(mapping)) mapping.Store();
    }

    /// <summary>Puts what was stored into the mappings into their files.</summary>
    public void Store()
    {
        foreach (SimMapping mapping in _mappings) mapping.Store();
    }

    /// <summary>The process that had them is gone.</summary>
    public void Clear() => _mappings.Clear();
}
