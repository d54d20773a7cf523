namespace Hedge.Storage.Caches;

/// <summary>
/// Divides the records' memory between the partitions. A collection stands in one partition: when it is most
/// of what clients use, that partition gets most of the memory. Parts are read by all threads; <see
/// cref="Divide"/> is called by one.
/// </summary>
/// <remarks>
/// 1. A partition needs memory as far as it drops records, and far more so as it reads again what it has
///    dropped shortly before. Its density is that need, for each byte that it has.
/// 2. Who has less than a third of the greatest density gives a 16th of what it has above its least part. It
///    goes to those with more than half of the greatest, as they need it. What lies between stays, so that
///    chance moves nothing.
/// 3. When nearly nobody needs memory, all stays as it is.
/// </remarks>
internal sealed class RecordShares
{
    private const int LeastDivisor = 8;
    private const int GiveDivisor = 16;
    private const double FewNeeds = 64;
    private const double WantsBand = 2;
    private const double GivesBand = 3;
    private const double Fading = 0.75;
    private const int RereadWeight = 16;

    private readonly double[] _parts;
    private readonly double[] _needs;
    private readonly double[] _needsBefore;
    private readonly double _least;

    /// <summary>Gives all partitions the same.</summary>
    /// <param name="partitions">How many there are.</param>
    public RecordShares(int partitions)
    {
        _parts = new double[partitions];
        _needs = new double[partitions];
        _needsBefore = new double[partitions];
        Array.Fill(_parts, 1.0 / partitions);
        _least = 1.0 / partitions / LeastDivisor;
    }

    /// <summary>A partition's part of the records' memory; all together are 1. Any thread.</summary>
    public double PartOf(int partition) => Volatile.Read(ref _parts[partition]);

    /// <summary>What a partition has done so far.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="dropped">Records that it has dropped for room, ever.</param>
    /// <param name="reread">Of these, how many it has read again shortly after, ever.</param>
    public void Tell(int partition, long dropped, long reread)
    {
        double need = dropped + ((double)reread * RereadWeight);
        _needs[partition] = (_needs[partition] * Fading) + need - _needsBefore[partition];
        _needsBefore[partition] = need;
    }

    /// <summary>Moves some memory to where it is needed more. Some ten times a second, after all partitions
    /// have been told of.</summary>
    public void Divide()
    {
        if (_needs.Sum() < FewNeeds * Math.Min(_needs.Length, FewNeeds)) return;
        double most = 0;
        for (int i = 0; i < _parts.Length; i++) most = Math.Max(most, DensityOf(i));
        double wanted = 0;
        double given = 0;
        for (int i = 0; i < _parts.Length; i++)
        {
            double density = DensityOf(i);
            if (density * WantsBand >= most) wanted += _needs[i];
            else if (density * GivesBand < most) given += GiftOf(i);
        }

        if (given == 0) return;
        for (int i = 0; i < _parts.Length; i++)
        {
            double density = DensityOf(i);
            if (density * WantsBand >= most) Set(i, _parts[i] + (given * _needs[i] / wanted));
            else if (density * GivesBand < most) Set(i, _parts[i] - GiftOf(i));
        }
    }

    private double DensityOf(int partition) => _needs[partition] / _parts[partition];

    private double GiftOf(int partition) => (_parts[partition] - _least) / GiveDivisor;

    private void Set(int partition, double part) => Volatile.Write(ref _parts[partition], part);
}
